"""The pages: what each person sees. They call verbs and draw; they read no table and decide no right."""
