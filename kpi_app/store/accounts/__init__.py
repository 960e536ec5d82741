"""Who may sign in, who is signed in, and which post somebody holds."""
