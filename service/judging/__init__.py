"""Grade answers: the pure rules, and the judges that use them."""
