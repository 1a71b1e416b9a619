namespace CoapBridge.Status;

/// <summary>A page of the live connections, by name.</summary>
/// <param name="Filter">The part of the name that was asked for; null: everybody.</param>
/// <param name="Count">How many there are; with a filter, how many it fits.</param>
/// <param name="Listed">How many of them can be paged through; not more than 10,000.</param>
/// <param name="Page">Which page this is, from 1.</param>
/// <param name="Pages">How many there are, at least 1.</param>
/// <param name="Complete">False when a shard did not answer in time, so that its devices are missing.</param>
/// <param name="List">The devices of this page.</param>
internal sealed record DevicesReport(string? Filter, int Count, int Listed, int Page, int Pages, bool Complete, IReadOnlyList<DeviceRow> List);
