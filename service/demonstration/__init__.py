"""A practice to look around in: seventeen people who do not exist, over twelve weeks."""
