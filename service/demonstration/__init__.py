"""A practice to look around in: fourteen people who do not exist, over twelve weeks up to today."""
