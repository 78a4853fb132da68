"""The page: plain files that the chat's server serves as they stand here; no build step."""
