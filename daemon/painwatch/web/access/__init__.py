"""Who may reach the page and the API: decided once for every request and every socket, before anything answers."""
