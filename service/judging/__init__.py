"""Judging: answers and grades, the pure rules, and the judges that use them."""
