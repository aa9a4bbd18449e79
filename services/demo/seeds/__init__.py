"""Seeds, made by calling the product's own actions, so that events, mail and receipts are real."""
