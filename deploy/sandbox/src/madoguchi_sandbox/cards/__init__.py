"""Test cards and the app that signs with them: what J-LIS and a resident's phone do, played by us."""
