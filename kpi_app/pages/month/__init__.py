"""The screens of the pay month: the desk, amounts line by line, what is entered by hand, papers, a head's part."""
