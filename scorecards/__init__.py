"""What a number is worth: cards, dated pay rules, guards and the sheet."""
