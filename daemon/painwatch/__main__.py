"""`python -m painwatch`: the same as the `painwatch` command."""

from painwatch.cli import app

if __name__ == "__main__":
    app(prog_name="painwatch")
