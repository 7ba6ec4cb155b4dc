"""madoguchi.vault"""
