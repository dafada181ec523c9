.PHONY: demo test

# Only wraps the commands of README.md, for those who have make.
demo:
	python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/cxscore demo

test:
	python3 -m venv .venv && .venv/bin/pip install -c constraints.txt -e '.[test]' && .venv/bin/python -m pytest
