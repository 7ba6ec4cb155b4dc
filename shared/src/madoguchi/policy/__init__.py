"""madoguchi.policy"""
