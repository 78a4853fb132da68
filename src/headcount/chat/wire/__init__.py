"""What travels over the chat's WebSocket: frames of both client generations, and additions."""
