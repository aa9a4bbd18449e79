"""The front page, and the pages that say how the portal works and what it promises."""
