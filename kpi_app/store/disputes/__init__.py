"""What staff say of their pay: objections, and whether they agree."""
