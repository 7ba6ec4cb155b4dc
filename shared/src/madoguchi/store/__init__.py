"""madoguchi.store"""
