"""Page one: the verdict on each system and the answers to a reviewer's questions."""
