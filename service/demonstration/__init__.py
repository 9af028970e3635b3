"""A practice to look around in: twelve people who do not exist, over twelve weeks up to today."""
