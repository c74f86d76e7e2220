"""derive in the tools that others run: a test runner and a maker of documents call what stands here, each by its own rules."""
