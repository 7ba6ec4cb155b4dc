"""madoguchi.cli"""
