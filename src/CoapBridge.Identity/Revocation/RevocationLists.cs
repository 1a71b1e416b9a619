namespace CoapBridge.Identity;

/// <summary>
/// The lists of one policy, asked about each certificate of a path whose signatures were verified. A list counts for
/// certificates of its issuer's name when a key of that name has signed it: an anchor's, or that of the path's own intermediate.
/// Immutable, but for the keys of intermediates that were found to have signed a list.
/// </summary>
internal sealed class RevocationLists
{
    private readonly Entry[] _entries;
    private readonly StaleListUse _stale;

    public RevocationLists(IEnumerable<RevocationList> lists, StaleListUse stale, TrustAnchors anchors)
    {
        _stale = stale;
        // The newest first: it says what is current. Older ones beside it are obeyed, too.
        _entries = [.. lists.OrderByDescending(list => list.ThisUpdate).Select(list => new Entry(
            list, anchors.All.FirstOrDefault(anchor => list.IsSignedBy(anchor.Certificate, anchor.Key))?.Certificate.PublicKey))];
    }

    /// <summary>Whether lists begin or end to be current between two times, so that a verdict may change.</summary>
    public bool ChangeBetween(DateTimeOffset earlier, DateTimeOffset later) => Array.Exists(_entries, entry =>
        entry.List.IsCurrent(earlier) != entry.List.IsCurrent(later));

    /// <summary>Null when nobody of the path is revoked. <paramref name="warning"/>: what would have refused but for the setting.</summary>
    public Refusal? Check(IReadOnlyList<Certificate> path, DateTimeOffset time, out string warning)
    {
        warning = "";
        for (var i = 0; i < path.Count && _entries.Length > 0; i++)
        {
            var certificate = path[i];
            var issuer = i + 1 < path.Count ? path[i + 1] : null;
            RevocationList? newest = null;
            foreach (var entry in _entries)
            {
                if (!entry.CountsFor(certificate, issuer))
                {
                    continue;
                }

                newest ??= entry.List;
                if (entry.List.Contains(certificate))
                {
                    return new(RefusalReason.Revoked,
                        $"{certificate.Subject} with serial {SerialNumber.ToText(certificate.SerialNumber.Span)} is on the revocation list of {entry.List.Issuer}");
                }
            }

            if (newest?.IsCurrent(time) != true)
            {
                var why = newest is null ? $"there is no revocation list of {certificate.Issuer}"
                    : time < newest.ThisUpdate ? $"the revocation list of {newest.Issuer} is from {newest.ThisUpdate:u}, now is {time.ToUniversalTime():u}"
                    : $"the revocation list of {newest.Issuer} ended at {newest.NextUpdate:u}, now is {time.ToUniversalTime():u}";
                if (_stale == StaleListUse.Refuse)
                {
                    return new(RefusalReason.StaleRevocationList, why);
                }

                warning = warning.Length == 0 ? why : warning;
            }
        }

        return null;
    }

    private sealed class Entry(RevocationList list, SubjectPublicKey? signer)
    {
        private SubjectPublicKey? _signer = signer;

        public RevocationList List => list;

        public bool CountsFor(Certificate certificate, Certificate? issuer)
        {
            if (!list.IssuerName.Equals(certificate.Issuer))
            {
                return false;
            }

            var signer = Volatile.Read(ref _signer);
            if (signer is not null || issuer is null)
            {
                return signer is not null;
            }

            // An intermediate, met for the first time; its own signature was verified before.
            using var key = IssuerKey.TryImport(issuer.PublicKey);
            if (key is null || !list.IsSignedBy(issuer, key))
            {
                return false;
            }

            Volatile.Write(ref _signer, issuer.PublicKey);
            return true;
        }
    }
}
