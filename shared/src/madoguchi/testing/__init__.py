"""madoguchi.testing"""
