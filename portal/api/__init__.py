"""REST for other systems: addresses, rules of the gate, OpenAPI document and page all follow from `operations`."""
