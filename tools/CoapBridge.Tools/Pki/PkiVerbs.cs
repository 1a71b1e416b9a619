using System.CommandLine;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using CoapBridge.Identity;

namespace CoapBridge.Tools.Pki;

/// <summary>The verbs of a CA in a folder: <c>ca</c>, <c>issue</c>, <c>csr</c>, <c>sign</c>, <c>revoke</c>, <c>crl</c>, <c>proof</c>.</summary>
internal static class PkiVerbs
{
    private const int Year = 365;

    public static Command Ca()
    {
        var folder = Folder("--out", "the folder of the new CA; made if it is not there");
        var name = new Option<string>("--name") { Description = "its common name", DefaultValueFactory = _ => "Development CA" };
        var key = new Option<KeyKind>("--key") { Description = "its key", DefaultValueFactory = _ => KeyKind.P256 };
        key.AcceptOnlyFromAmong("P256", "P384", "Rsa2048");
        var days = Days(10 * Year);
        var command = new Command("ca", "Make a CA in a folder: ca.pem and ca.key.") { folder, name, key, days };
        command.SetVerb(result =>
        {
            var path = result.GetRequiredValue(folder).FullName;
            DevelopmentCa.Create(path, result.GetRequiredValue(name), result.GetValue(key), result.GetValue(days), DateTimeOffset.UtcNow);
            return $"{path}: ca.pem ca.key";
        });
        return command;
    }

    public static Command Issue()
    {
        var (ca, names, role, days) = (AuthorityFolder(), new NameOptions(), Role(), Days(Year));
        var folder = Folder("--out", "the folder to write NAME.pem and NAME.key to");
        var command = new Command("issue", "Issue a certificate with a new key.") { ca, role, days, folder };
        names.AddTo(command);
        command.SetVerb(result =>
        {
            var name = names.CommonName(result, result.GetValue(role));
            var path = Directory.CreateDirectory(result.GetRequiredValue(folder).FullName).FullName;
            Authority(result, ca).Issue(name, result.GetValue(role), names.Extension(result), result.GetValue(days)).Write(path, name);
            return $"{path}: {name}.pem {name}.key";
        });
        return command;
    }

    public static Command Csr()
    {
        var names = new NameOptions();
        var folder = Folder("--out", "the folder to write NAME.csr and NAME.key to");
        var command = new Command("csr", "Make a key and a request for a certificate (PKCS#10).") { folder };
        names.AddTo(command);
        command.SetVerb(result =>
        {
            var name = names.CommonName(result, LeafRole.Device);
            var path = Directory.CreateDirectory(result.GetRequiredValue(folder).FullName).FullName;
            var (request, key) = SigningRequest.Create(name, names.DnsNames(result), names.Addresses(result), names.Uris(result));
            IssuedCertificate.WriteNew(Path.Combine(path, name + ".key"), key, isSecret: true);
            IssuedCertificate.WriteNew(Path.Combine(path, name + ".csr"), request, isSecret: false);
            return $"{path}: {name}.csr {name}.key";
        });
        return command;
    }

    public static Command Sign()
    {
        var request = new Argument<FileInfo>("REQUEST") { Description = "a request (PKCS#10, PEM)" };
        var (ca, role, days, file) = (AuthorityFolder(), Role(), Days(Year), OutFile("the certificate; without it REQUEST with .pem at its end"));
        var command = new Command("sign", "Sign a request, if whoever made it holds its key.") { request, ca, role, days, file };
        command.SetVerb(result =>
        {
            var path = result.GetRequiredValue(request).FullName;
            var signed = Authority(result, ca).Sign(SigningRequest.FromPem(File.ReadAllText(path)), result.GetValue(role), result.GetValue(days));
            var target = result.GetValue(file)?.FullName ?? Path.ChangeExtension(path, ".pem");
            IssuedCertificate.WriteNew(target, signed.CertificatePem, isSecret: false);
            return target;
        });
        return command;
    }

    public static Command Revoke()
    {
        var certificate = new Argument<string>("CERTIFICATE") { Description = "a certificate (PEM), or its serial number in hex" };
        var ca = AuthorityFolder();
        var reason = new Option<X509RevocationReason?>("--reason") { Description = "why" };
        var command = new Command("revoke", "Note that a certificate is revoked; the next \"pki crl\" says so.") { certificate, ca, reason };
        command.SetVerb(result =>
        {
            var what = result.GetRequiredValue(certificate);
            var serial = SerialOf(what);
            var text = Convert.ToHexStringLower(serial);
            return Authority(result, ca).Revoke(serial, result.GetValue(reason))
                ? $"{text} is revoked; make a new list with: pki crl --ca {result.GetRequiredValue(ca)}"
                : $"{text} was revoked before";
        });
        return command;
    }

    public static Command Crl()
    {
        var (ca, days, file) = (AuthorityFolder(), Days(30), OutFile("the list; without it ca.crl in the folder of the CA, replaced"));
        var command = new Command("crl", "Write the list of revoked certificates (PEM), for Devices:RevocationLists.") { ca, days, file };
        command.SetVerb(result =>
        {
            var list = Authority(result, ca).RevocationList(result.GetValue(days), out var count);
            var target = result.GetValue(file)?.FullName ?? Path.Combine(result.GetRequiredValue(ca).FullName, "ca.crl");
            // Beside it and renamed: a gateway that looks just now reads the old one or the new one.
            File.WriteAllText(target + ".new", list);
            File.Move(target + ".new", target, overwrite: true);
            return $"{target}: {count} revoked, good for {result.GetValue(days)} days";
        });
        return command;
    }

    public static Command Proof()
    {
        var code = new Argument<string>("CODE") { Description = "the verification code that the cloud gave" };
        var (ca, file) = (AuthorityFolder(), OutFile("the certificate; without it proof.pem in the folder of the CA"));
        var command = new Command("proof", "Prove to a cloud that this CA is yours: a certificate whose name is its verification code.") { code, ca, file };
        command.SetVerb(result =>
        {
            var target = result.GetValue(file)?.FullName ?? Path.Combine(result.GetRequiredValue(ca).FullName, "proof.pem");
            IssuedCertificate.WriteNew(target, Authority(result, ca).Prove(result.GetRequiredValue(code)).CertificatePem, isSecret: false);
            return target;
        });
        return command;
    }

    private static byte[] SerialOf(string what)
    {
        if (!File.Exists(what))
        {
            return SerialNumber.TryParse(what) is { } text ? Convert.FromHexString(text)
                : throw new ArgumentException($"{what} is neither a file nor a serial number in hex");
        }

        using var certificate = X509CertificateLoader.LoadCertificateFromFile(what);
        return certificate.SerialNumberBytes.TrimStart((byte)0).ToArray();
    }

    private static DevelopmentCa Authority(ParseResult result, Option<DirectoryInfo> folder) =>
        DevelopmentCa.Open(result.GetRequiredValue(folder).FullName, DateTimeOffset.UtcNow);

    private static Option<DirectoryInfo> AuthorityFolder() => Folder("--ca", "the folder with ca.pem and ca.key");

    private static Option<DirectoryInfo> Folder(string name, string description) => new(name) { Description = description, Required = true, HelpName = "DIR" };

    private static Option<FileInfo> OutFile(string description) => new("--out") { Description = description, HelpName = "FILE" };

    private static Option<LeafRole> Role() => new("--role") { Description = "what it is for", DefaultValueFactory = _ => LeafRole.Device };

    private static Option<int> Days(int preset)
    {
        var option = new Option<int>("--days") { Description = "how long it is valid", HelpName = "N", DefaultValueFactory = _ => preset };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Count == 1 && int.TryParse(result.Tokens[0].Value, out var value) && value is < 1 or > 36_500)
            {
                result.AddError("--days must be from 1 to 36500");
            }
        });
        return option;
    }

    /// <summary>The names of a certificate.</summary>
    private sealed class NameOptions
    {
        private readonly Option<string> _name = new("--name") { Description = "common name, and name of the files", Required = true };
        private readonly Option<string[]> _dns = new("--dns") { Description = "a dNSName of subjectAltName", HelpName = "HOST" };
        private readonly Option<string[]> _ip = new("--ip") { Description = "an address of subjectAltName", HelpName = "ADDRESS" };
        private readonly Option<string[]> _uri = new("--uri") { Description = "a URI of subjectAltName, like urn:dev:mac:0024befffe804ff1", HelpName = "URI" };

        public void AddTo(Command command)
        {
            command.Options.Add(_name);
            command.Options.Add(_dns);
            command.Options.Add(_ip);
            command.Options.Add(_uri);
        }

        public string CommonName(ParseResult result, LeafRole role)
        {
            var name = result.GetRequiredValue(_name);
            return role != LeafRole.Device || DeviceName.IsValid(name) ? Path.GetFileName(name) == name ? name
                : throw new ArgumentException($"{name} cannot be the name of a file")
                : throw new ArgumentException($"no gateway lets a device named \"{name}\" in; 1 to 64 letters, digits and . _ : - (no dot first)");
        }

        public X509Extension? Extension(ParseResult result) => SigningRequest.NamesOf(DnsNames(result), Addresses(result), Uris(result));

        public string[] DnsNames(ParseResult result) => result.GetValue(_dns) ?? [];

        public IPAddress[] Addresses(ParseResult result) =>
            [.. (result.GetValue(_ip) ?? []).Select(text => IPAddress.TryParse(text, out var address) ? address : throw new ArgumentException($"{text} is no IP address"))];

        public Uri[] Uris(ParseResult result) =>
            [.. (result.GetValue(_uri) ?? []).Select(text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : throw new ArgumentException($"{text} is no URI"))];
    }
}
