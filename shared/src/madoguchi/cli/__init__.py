"""`madoguchi`: what operators do by hand. Each command imports what it needs when it runs."""
