"""The tools of one MCP server; what imports these modules needs the package `mcp`."""
