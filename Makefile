# Every target builds its own environment first (.venv-<python version>, inside the checkout); PYTHON=... picks the interpreter.
.DEFAULT_GOAL := help
.PHONY: help demo test lint check bench docs stack clean

help:            ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

demo:            ## the whole job on the demo network, with measurements; prints where the page is
	@python=$$(scripts/bootstrap run) && exec "$$python" -m ganspace_tf demo --out out/demo

test:            ## the tests (ARGS="-k spec" for some of them)
	@scripts/test $(ARGS)

lint:            ## style, format, types
	@scripts/lint

check:           ## lint and test
	@scripts/check

bench:           ## timings against the usual alternatives, as ratios of one run
	@python=$$(scripts/bootstrap run) && exec "$$python" -m benchmarks $(ARGS)

docs:            ## writes docs/cli.md anew from the command line's own help
	@python=$$(scripts/bootstrap run) && exec "$$python" scripts/gen_cli_docs

stack:           ## which Python and TensorFlow would be used, and why
	@scripts/bootstrap choose

clean:           ## removes what the targets made, all but the environments
	rm -rf out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache
