"""The frame of every page: who asks, in which language, forms, navigation, links."""
