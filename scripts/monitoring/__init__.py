"""What scripts/dashboards, scripts/rules and scripts/observe share: the rules, the dashboards, and how they hang together."""
