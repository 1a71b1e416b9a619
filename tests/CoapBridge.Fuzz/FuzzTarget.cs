namespace CoapBridge.Fuzz;

/// <summary>
/// An engine or parser under attack. A session begins fresh and is a list of steps; each step is bytes that mean the same
/// again in another process, so that what failed can be replayed from a file.
/// </summary>
internal abstract class FuzzTarget
{
    /// <summary>The word on the command line, and the folder of the corpus.</summary>
    public abstract string Name { get; }

    /// <summary>Steps of a session.</summary>
    public virtual int Steps => 24;

    /// <summary>How deep the sessions came, in words: a target that is never reached proves nothing.</summary>
    public virtual string Reached => "";

    /// <summary>A new session. What it does depends on its steps alone.</summary>
    public abstract void Begin();

    /// <summary>The generator's part of a new session; not called when a session is replayed.</summary>
    public virtual void Plan(Mutator mutator)
    {
    }

    /// <summary>Makes the next step; may look at what the engine has said so far.</summary>
    public abstract byte[] Next(Mutator mutator);

    /// <summary>Takes one step; throws what the engine throws, or <see cref="OracleException"/>.</summary>
    public abstract void Apply(byte[] step);

    /// <summary>The session is over: what must hold now.</summary>
    public abstract void End();

    protected static void Require(bool holds, string what)
    {
        if (!holds)
        {
            throw new OracleException(what);
        }
    }
}

/// <summary>What must hold did not.</summary>
internal sealed class OracleException(string what) : Exception(what);
