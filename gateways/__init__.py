"""Payment providers behind one port (`gateways.port`); the scripted bank is the public test seam."""
