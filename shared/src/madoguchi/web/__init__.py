"""madoguchi.web"""
