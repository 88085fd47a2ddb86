"""Engagements: what a customer's deep-dive has covered, what is weak in it, what to ask next."""
