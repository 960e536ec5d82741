"""Pay plans and law profiles: versions, what they say, and who has read them."""
