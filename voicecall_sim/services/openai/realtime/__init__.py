"""The vendor's Realtime interface: transcription and speech-to-speech over a WebSocket (guides/realtime)."""
