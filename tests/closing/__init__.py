"""The commission desk: a month from computed to paid."""
