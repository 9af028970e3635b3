SELECT outbox.analyze_deliveries()
