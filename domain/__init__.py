"""What the business knows: money, methods, debts, declines and the retry calendar. Pure: no clock, no IO."""
