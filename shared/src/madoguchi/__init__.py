"""What every service of Madoguchi (窓口) shares. Functions and values you call, never classes you inherit."""
