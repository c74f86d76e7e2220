project = "Gradients"
extensions = ["myst_parser", "derive.plugins.sphinx"]
exclude_patterns = ["wrong*"]  # which the tests take in
html_theme = "basic"
