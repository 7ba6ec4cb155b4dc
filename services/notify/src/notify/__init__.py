"""notify: brings every answer back to the thread (通知), by LINE and by e-mail, once."""
