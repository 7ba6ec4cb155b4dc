"""madoguchi.bus"""
