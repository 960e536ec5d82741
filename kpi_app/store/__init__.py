"""The store: what is remembered, and the verbs that change it, each checking the rights of whoever asks."""
