"""madoguchi.telemetry"""
