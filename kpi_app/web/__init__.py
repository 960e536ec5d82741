"""The web shell: the gate before everything, signing in, files, words and looks."""
