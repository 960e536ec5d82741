"""What staff say of their pay: objections, whether they agree; and whose an arrival is."""
