"""`python -m boards`: write the dashboards' JSON again."""

from boards.files import FILES

for path, text in FILES.items():
    path.write_text(text(), "utf-8")
