print("player-sessions")
