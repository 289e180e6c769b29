"""How a thing is told: JSON, text, e-mail, metric points. Log text is data in all of them."""
