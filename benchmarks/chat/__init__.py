"""Figures of the chat: the server beside node's `ws`, under one load program."""
