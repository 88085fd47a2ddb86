"""Engagements: a customer's deep-dives, with what they cover, what is weak, what to ask next."""
